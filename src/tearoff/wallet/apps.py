from django.apps import AppConfig


class Room(AppConfig):
    name = "tearoff.wallet"
    label = "wallet"
