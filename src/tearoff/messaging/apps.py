from django.apps import AppConfig


class Room(AppConfig):
    name = "tearoff.messaging"
    label = "messaging"
