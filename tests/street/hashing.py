"""Argon2 as always, with little memory: hundreds of owners are hired in a run, and nobody attacks their passwords."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class LightArgon2(Argon2PasswordHasher):
    time_cost = 1
    memory_cost = 64
    parallelism = 1
