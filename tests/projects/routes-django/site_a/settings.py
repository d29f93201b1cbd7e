ROOT_URLCONF = "site_a.urls"
API_BASE = "api/v1/"
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ("rest_framework.permissions.IsAuthenticated",)}
