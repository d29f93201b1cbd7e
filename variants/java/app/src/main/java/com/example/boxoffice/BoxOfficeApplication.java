package com.example.boxoffice;

import com.example.boxoffice.migrations.Migrations;
import com.example.boxoffice.shared.Settings;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/** {@code java -jar box-office.jar [serve | migrate | rollback]}. */
@SpringBootApplication
public class BoxOfficeApplication {

  public static void main(String[] args) throws Exception {
    String command = args.length == 0 ? "serve" : args[0];
    Map<String, String> environment = System.getenv();
    try {
      switch (command) {
        case "serve" -> serve(Settings.from(environment));
        case "migrate" -> Migrations.up(Settings.database(environment));
        case "rollback" -> Migrations.down(Settings.database(environment));
        default -> exit(2, "commands are serve, migrate and rollback; not " + command);
      }
    } catch (Settings.Invalid invalid) {
      exit(1, invalid.getMessage());
    }
  }

  private static void serve(Settings settings) {
    ConfigurableApplicationContext context = start(settings);
    // Java ends with 143 after SIGTERM. Ours is an orderly stop, and says so: halting in the hook sets the exit code.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  context.close();
                  Runtime.getRuntime().halt(0);
                },
                "stop"));
  }

  /** The whole service, as the tests start it too. */
  public static ConfigurableApplicationContext start(Settings settings) {
    SpringApplication application = new SpringApplication(BoxOfficeApplication.class);
    application.setRegisterShutdownHook(false);
    application.addInitializers(
        context -> context.getBeanFactory().registerSingleton("settings", settings));
    application.setDefaultProperties(
        Map.of(
            "server.address", settings.host(),
            "server.port", settings.port(),
            "spring.datasource.url", settings.database().jdbcUrl(),
            "spring.datasource.username", settings.database().user(),
            "spring.datasource.password", settings.database().password(),
            "logging.level.com.example.boxoffice", settings.logLevel()));
    return application.run();
  }

  @Bean
  Clock clock() {
    return Clock.tick(Clock.systemUTC(), Duration.ofNanos(1000)); // PostgreSQL counts microseconds
  }

  private static void exit(int code, String reason) {
    System.err.println(reason);
    System.exit(code);
  }
}
