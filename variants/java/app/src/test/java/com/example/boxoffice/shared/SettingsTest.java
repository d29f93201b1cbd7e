package com.example.boxoffice.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

  private static Map<String, String> enough() {
    Map<String, String> environment = new HashMap<>();
    environment.put("DATABASE_URL", "postgresql://user:word@host:5433/name");
    environment.put("JWT_SECRET", "x".repeat(32));
    environment.put("WEBHOOK_URL", "https://receiver.example/hook");
    environment.put("WEBHOOK_SECRET", "y".repeat(32));
    return environment;
  }

  @Test
  void haveTheDefaultsOfTheContract() {
    Settings settings = Settings.from(enough());

    assertThat(settings.port()).isEqualTo(8080);
    assertThat(settings.accessTtl()).isEqualTo(Duration.ofMinutes(15));
    assertThat(settings.login()).isEqualTo(new Settings.Login(5, 100, Duration.ofMinutes(1)));
    assertThat(settings.argon2()).isEqualTo(new Settings.Argon2(19_456, 2, 1));
  }

  @Test
  void translateTheDatabaseUrlForJdbc() {
    Settings.Database database = Settings.from(enough()).database();

    assertThat(database.jdbcUrl()).startsWith("jdbc:postgresql://host:5433/name?");
    assertThat(database.user()).isEqualTo("user");
    assertThat(database.password()).isEqualTo("word");
  }

  @ParameterizedTest
  @ValueSource(strings = {"DATABASE_URL", "JWT_SECRET", "WEBHOOK_URL", "WEBHOOK_SECRET"})
  void areRefusedWithoutWhatHasNoDefault(String name) {
    Map<String, String> environment = enough();
    environment.remove(name);

    assertThatThrownBy(() -> Settings.from(environment)).hasMessage(name + " is required");
  }

  @Test
  void nameAllThatIsWrongAndShowNoValue() {
    Map<String, String> environment = enough();
    environment.put("JWT_SECRET", "too short a secret");
    environment.put("PORT", "http");

    assertThatThrownBy(() -> Settings.from(environment))
        .hasMessageContaining("JWT_SECRET")
        .hasMessageContaining("PORT")
        .hasMessageNotContaining("too short a secret");
  }
}
