from django.apps import AppConfig


class Room(AppConfig):
    name = "tearoff.coupons"
    label = "coupons"
