from django.apps import AppConfig


class Room(AppConfig):
    name = "tearoff.activity"
    label = "activity"
