package com.example.boxoffice.auth;

import com.example.boxoffice.web.Text;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.util.Locale;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/auth")
class AuthController {

  record Credentials(
      @NotNull @Text(min = 1, max = 254) String email,
      @NotNull @Text(min = 1, max = 128) String password) {}

  record Presented(@NotNull @Text(min = 1, max = 512) String refreshToken) {}

  private final AuthService auth;

  AuthController(AuthService auth) {
    this.auth = auth;
  }

  /** The peer's address counts: a header such as X-Forwarded-For is written by the caller. */
  @PostMapping("/login")
  ResponseEntity<TokenPair> login(
      @Valid @RequestBody Credentials body, HttpServletRequest request) {
    String email = body.email().strip().toLowerCase(Locale.ROOT);
    return notStored(auth.login(email, body.password(), request.getRemoteAddr()));
  }

  @PostMapping("/refresh")
  ResponseEntity<TokenPair> refresh(@Valid @RequestBody Presented body) {
    return notStored(auth.refresh(body.refreshToken()));
  }

  @PostMapping("/logout")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void logout(@Valid @RequestBody Presented body) {
    auth.logout(body.refreshToken());
  }

  private static ResponseEntity<TokenPair> notStored(TokenPair pair) {
    return ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(pair);
  }
}
