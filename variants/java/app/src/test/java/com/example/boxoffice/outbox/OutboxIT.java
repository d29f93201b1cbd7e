package com.example.boxoffice.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.boxoffice.TestService;
import com.example.boxoffice.TestService.Person;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The contract suite receives deliveries; here nobody listens, which is the harder case. */
class OutboxIT {

  private TestService service;
  private OutboxWorker worker;
  private JdbcClient jdbc;

  @BeforeEach
  void oneMessage() throws Exception {
    service = TestService.get();
    worker = service.bean(OutboxWorker.class);
    jdbc = service.bean(JdbcClient.class);
    Person owner = service.person();
    service.sql("DELETE FROM outbox");
    service.person().book(owner.published(10), 1);
  }

  private Map<String, Object> row() {
    return jdbc.sql("SELECT *, available_at > now() AS waits FROM outbox").query().singleRow();
  }

  @Test
  void triesAgainLaterWhenNobodyAnswers() throws Exception {
    assertThat(worker.deliverNext()).isTrue();
    assertThat(worker.deliverNext()).isFalse();

    assertThat(row())
        .containsEntry("attempts", 1)
        .containsEntry("waits", true)
        .containsEntry("failed_at", null);
    assertThat(row().get("last_error")).asString().contains("ConnectException");
  }

  @Test
  void keepsTheRowThatItGivesUp() throws Exception {
    service.sql("UPDATE outbox SET attempts = 7");

    worker.deliverNext();

    assertThat(row()).containsEntry("attempts", 8).containsEntry("delivered_at", null);
    assertThat(row().get("failed_at")).isNotNull();
  }

  @Test
  void givesUpARowWhoseLastAttemptEndedTheProcess() throws Exception {
    service.sql("UPDATE outbox SET attempts = 8");

    worker.deliverNext();

    assertThat(row().get("last_error")).isEqualTo("the lease of the last attempt ran out");
  }

  @Test
  void holdsNothingOfARefusedBooking() throws Exception {
    service.sql("DELETE FROM outbox");
    Person owner = service.person();

    service.person().book(owner.published(1), 2);

    assertThat(jdbc.sql("SELECT count(*) FROM outbox").query(Integer.class).single()).isZero();
  }

  @Test
  void signsAsStandardWebhooksDo() {
    assertThat(Webhook.sign("a secret", "id.1700000000.{}")).startsWith("v1,").hasSize(3 + 44);
  }
}
