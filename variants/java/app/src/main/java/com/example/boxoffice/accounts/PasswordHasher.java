package com.example.boxoffice.accounts;

import com.example.boxoffice.shared.Settings;
import java.util.UUID;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import org.springframework.stereotype.Component;

/** Argon2id. The cost comes from the settings: tests take a cheap one. */
@Component
public class PasswordHasher {

  private final Argon2PasswordEncoder argon2;
  private final String dummy;

  PasswordHasher(Settings settings) {
    Settings.Argon2 cost = settings.argon2();
    argon2 =
        new Argon2PasswordEncoder(16, 32, cost.parallelism(), cost.memoryKib(), cost.iterations());
    dummy = hash(UUID.randomUUID().toString());
  }

  public String hash(String password) {
    return argon2.encode(password);
  }

  /**
   * Without a stored hash the same work is done on a dummy one, so that the time does not tell
   * whether the account exists.
   */
  public boolean verify(String password, String stored) {
    boolean matches = argon2.matches(password, stored == null ? dummy : stored);
    return matches && stored != null;
  }

  public boolean needsRehash(String stored) {
    return argon2.upgradeEncoding(stored);
  }
}
