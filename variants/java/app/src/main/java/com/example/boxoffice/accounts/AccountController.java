package com.example.boxoffice.accounts;

import com.example.boxoffice.web.Text;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.Locale;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
class AccountController {

  private static final String EMAIL = "\\s*[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+\\s*";

  record Registration(
      @NotNull
          @Text(min = 3, max = 254)
          @Pattern(regexp = EMAIL, message = "must be an e-mail address")
          String email,
      @NotNull @Text(min = 12, max = 128) String password) {}

  private final AccountService accounts;

  AccountController(AccountService accounts) {
    this.accounts = accounts;
  }

  @PostMapping("/accounts")
  @ResponseStatus(HttpStatus.ACCEPTED)
  Map<String, String> register(@Valid @RequestBody Registration body, HttpServletRequest request) {
    accounts.register(
        body.email().strip().toLowerCase(Locale.ROOT), body.password(), request.getRemoteAddr());
    return Map.of("status", "accepted");
  }

  @GetMapping("/me")
  SignedIn me(@AuthenticationPrincipal SignedIn account) {
    return account;
  }
}
