"""Addresses of the control plane."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from ctera_mcp_site import api_docs
from ctera_mcp_site.api import site, v1, well_known
from oauth.admin_history import recent_changes
from oauth.scalekit_page import check_scalekit

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/changes/", admin.site.admin_view(recent_changes), name="recent_changes"),
    path("admin/scalekit/", admin.site.admin_view(check_scalekit), name="check_scalekit"),
    path("admin/", admin.site.urls),
    path(".well-known/", well_known.urls),
    path("api/", include(api_docs.urls())),
    path("api/v1/", v1.urls),
    path("", site.urls),
]
