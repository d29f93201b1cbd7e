package com.example.boxoffice.health;

import com.example.boxoffice.shared.DomainException;
import com.example.boxoffice.shared.ErrorCode;
import java.util.Map;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
class HealthController {

  private static final Map<String, String> OK = Map.of("status", "ok");
  private final JdbcClient jdbc;
  private volatile boolean stopping;

  HealthController(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  @EventListener(ContextClosedEvent.class)
  void stop() {
    stopping = true;
  }

  @GetMapping("/health/live")
  Map<String, String> live() {
    return OK;
  }

  @GetMapping("/health/ready")
  Map<String, String> ready() {
    if (stopping) {
      throw new DomainException(ErrorCode.UNAVAILABLE, "The service is stopping.");
    }
    try {
      jdbc.sql("SELECT 1").query().singleValue();
    } catch (DataAccessException away) {
      throw new DomainException(ErrorCode.UNAVAILABLE, "The database does not answer.");
    }
    return OK;
  }
}
