from django.apps import AppConfig


class Room(AppConfig):
    name = "tearoff.dashboard"
    label = "dashboard"
