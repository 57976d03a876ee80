from django.apps import AppConfig


class Room(AppConfig):
    name = "tearoff.campaigns"
    label = "campaigns"
