const PASSWORD_LABEL = "Your new password 2";
