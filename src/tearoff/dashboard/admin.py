"""The operator's pages: Django's admin, dressed as Tearoff. One small file for each kind of thing.

An operator (`is_staff`) looks after the whole server and therefore reaches all accounts, by design; nobody else enters.
"""

from django.contrib import admin
from django.contrib.auth.models import Group

from tearoff.dashboard import (  # noqa: F401  each registers its pages
    admin_accounts,
    admin_campaigns,
    admin_cards,
    admin_deliveries,
    admin_directories,
    admin_events,
    admin_groups,
    admin_holders,
    admin_links,
    admin_locations,
    admin_messages,
    admin_owncodes,
    admin_packages,
    admin_sessions,
    admin_sorting,
    admin_users,
    admin_wallet,
)
from tearoff.dashboard.entrance import ThrottledLogIn

admin.site.unregister(Group)  # who is an operator may do everything here: there are no finer rights to hand out

admin.site.site_title = admin.site.site_header = "Tearoff"
admin.site.index_title = "Operator"
admin.site.login_form = ThrottledLogIn
admin.site.login_template = "dashboard/site/login.html"
admin.site.logout_template = "dashboard/site/logged_out.html"
admin.site.index_template = "dashboard/site/index.html"
admin.site.app_index_template = "dashboard/site/app_index.html"
admin.site.password_change_template = "dashboard/site/password_change_form.html"
admin.site.password_change_done_template = "dashboard/site/password_change_done.html"
