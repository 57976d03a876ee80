from django.apps import AppConfig


class Room(AppConfig):
    name = "tearoff.statistics"
    label = "statistics"
