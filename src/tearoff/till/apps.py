from django.apps import AppConfig


class Room(AppConfig):
    name = "tearoff.till"
    label = "till"
