from django.apps import AppConfig


class Room(AppConfig):
    name = "tearoff.api"
    label = "api"
