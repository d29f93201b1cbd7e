from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.views.decorators.http import require_http_methods
from django.views.generic import ListView, TemplateView


class PostList(ListView):
    model = None


class AboutView(TemplateView):
    template_name = "about.html"


class Secret(LoginRequiredMixin, TemplateView):
    template_name = "secret.html"


@login_required
@require_http_methods(["GET", "POST"])
def edit(request, slug):
    return None


def archive(request, year):
    return None
