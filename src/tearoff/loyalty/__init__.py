"""Loyalty cards: stamps and points that consumers collect, a ledger of every change, and rewards that are coupons."""
