package com.example.boxoffice;

import com.example.boxoffice.migrations.Migrations;
import com.example.boxoffice.shared.Settings;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/** {@code java -jar box-office.jar [serve | migrate | rollback]}. */
@SpringBootApplication(
    exclude = ErrorMvcAutoConfiguration.class) // errors are web.Problems and web.ProblemValve
public class BoxOfficeApplication {

  private static final Duration STOP_LIMIT = Duration.ofSeconds(11);

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
    // Java ends with 143 after SIGTERM. Ours is an orderly stop, and says so: halting in the hook
    // sets the exit code.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  close(context);
                  Runtime.getRuntime().halt(0);
                },
                "stop"));
  }

  /** Requests have ten seconds to end. What still hangs then must not keep the process. */
  private static void close(ConfigurableApplicationContext context) {
    Thread closing = new Thread(context::close, "close");
    closing.start();
    try {
      closing.join(STOP_LIMIT.toMillis());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The whole service, as the tests start it too. */
  public static ConfigurableApplicationContext start(Settings settings) {
    SpringApplication application = new SpringApplication(BoxOfficeApplication.class);
    application.setRegisterShutdownHook(false);
    application.addInitializers(
        context -> context.getBeanFactory().registerSingleton("settings", settings));
    // As arguments: they come before variables such as SPRING_DATASOURCE_URL, which are meant for
    // others.
    return application.run(
        "--server.address=" + settings.host(),
        "--server.port=" + settings.port(),
        "--spring.datasource.url=" + settings.database().jdbcUrl(),
        "--spring.datasource.username=" + settings.database().user(),
        "--spring.datasource.password=" + settings.database().password(),
        "--logging.level.com.example.boxoffice=" + settings.logLevel());
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
