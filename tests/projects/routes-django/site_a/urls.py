from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.urls import include, path, re_path
from rest_framework import routers

from blog import api, views

router = routers.DefaultRouter()
router.register(r"posts", api.PostViewSet)
for name, view_set in [("tags", api.TagViewSet)]:
    router.register(name, view_set, basename=name)

extra = [path("about/", login_required(views.AboutView.as_view()))]

urlpatterns = [
    path("admin/", admin.site.urls),
    path(settings.API_BASE, include(router.urls)),
    path("blog/", include("blog.urls", namespace="blog")),
    re_path(r"^archive/(?P<year>[0-9]{4})/$", views.archive),
    path("pages/", include((extra, "pages"))),
]
