PASSWORD_FIELD = "new_password2"
