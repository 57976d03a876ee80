from django.apps import AppConfig


class Room(AppConfig):
    name = "tearoff.directories"
    label = "directories"
