"""Addresses of the control plane."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from ctera_mcp_site.api import site, well_known
from oauth.admin_history import recent_changes

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/changes/", admin.site.admin_view(recent_changes), name="recent_changes"),
    path("admin/", admin.site.urls),
    path(".well-known/", well_known.urls),
    path("", site.urls),
]
