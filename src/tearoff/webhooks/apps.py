from django.apps import AppConfig


class Room(AppConfig):
    name = "tearoff.webhooks"
    label = "webhooks"
