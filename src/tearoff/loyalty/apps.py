from django.apps import AppConfig


class Room(AppConfig):
    name = "tearoff.loyalty"
    label = "loyalty"
