from rest_framework import mixins, viewsets
from rest_framework.decorators import action, api_view, permission_classes
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticatedOrReadOnly


class IsAuthor(BasePermission):
    def has_permission(self, request, view):
        return request.user.is_authenticated and request.user.is_author


class PostViewSet(viewsets.ModelViewSet):
    lookup_field = "slug"
    permission_classes = [IsAuthenticatedOrReadOnly]

    @action(detail=True, methods=["post"], url_path="publish-now", permission_classes=[IsAuthor])
    def publish(self, request, slug=None):
        return None

    @publish.mapping.delete
    def unpublish(self, request, slug=None):
        return None


class TagViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    pass


@api_view(["GET"])
@permission_classes([AllowAny])
def ping(request):
    return None
