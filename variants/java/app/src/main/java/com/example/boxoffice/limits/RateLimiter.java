package com.example.boxoffice.limits;

import com.example.boxoffice.limits.RateLimitStore.Window;
import com.example.boxoffice.shared.Digests;
import com.example.boxoffice.shared.DomainException;
import com.example.boxoffice.shared.Settings;
import java.time.Duration;
import java.util.HexFormat;
import org.springframework.stereotype.Component;

/** Counts attempts, right or wrong, before anything costly is done for them. */
@Component
public class RateLimiter {

  private final RateLimitStore store;
  private final Settings.Login limits;

  RateLimiter(RateLimitStore store, Settings settings) {
    this.store = store;
    this.limits = settings.login();
  }

  // region: rate-limit
  public void admitLogin(String email, String address) {
    int wait =
        Math.max(
            hit("login-account", email, limits.perAccount()),
            hit("login-address", address, limits.perAddress()));
    refuseWhere(wait);
  }

  public void admitRegistration(String address) {
    refuseWhere(hit("register-address", address, limits.perAddress()));
  }

  /** How many seconds the caller has to wait; 0 within the limit. */
  private int hit(String kind, String subject, int limit) {
    String bucket =
        kind + ":" + HexFormat.of().formatHex(Digests.sha256(subject)); // no address at rest
    Window window = store.hit(bucket, limits.window());
    return window.hits() > limit ? window.secondsLeft() : 0;
  }

  private static void refuseWhere(int wait) {
    if (wait > 0) {
      throw DomainException.rateLimited(Duration.ofSeconds(wait));
    }
  }
  // endregion: rate-limit
}
