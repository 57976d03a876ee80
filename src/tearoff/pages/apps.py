from django.apps import AppConfig


class Room(AppConfig):
    name = "tearoff.pages"
    label = "pages"
