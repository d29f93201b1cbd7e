from django.urls import path

from . import views
from .api import ping

app_name = "blog"
urlpatterns = [
    path("", views.PostList.as_view(), name="list"),
    path("ping/", ping),
]
urlpatterns += [path("<slug:slug>/edit/", views.edit)]
