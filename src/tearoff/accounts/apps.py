from django.apps import AppConfig


class Room(AppConfig):
    name = "tearoff.accounts"
    label = "accounts"
