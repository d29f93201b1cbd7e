package com.example.boxoffice.outbox;

import com.example.boxoffice.outbox.Outbox.Claimed;
import com.example.boxoffice.shared.Settings;
import com.example.boxoffice.web.Trace;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Delivers what the transactions have left in the outbox: at least once, so the receiver drops an
 * id that it has seen.
 */
@Component
class OutboxWorker implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(OutboxWorker.class);

  private final Outbox outbox;
  private final Webhook webhook;
  private final Settings.Outbox settings;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private Thread thread;

  OutboxWorker(Outbox outbox, Webhook webhook, Settings settings) {
    this.outbox = outbox;
    this.webhook = webhook;
    this.settings = settings.outbox();
  }

  @Override
  public void start() {
    thread = new Thread(this::run, "outbox");
    thread.start();
  }

  // region: outbox
  /**
   * Finishes the row under way; what is claimed and not marked comes again when its lease runs out.
   */
  @Override
  public void stop() {
    stopping.countDown();
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      boolean worked = true;
      while (!stopping.await(worked ? 0 : settings.poll().toMillis(), TimeUnit.MILLISECONDS)) {
        worked = tryNext();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean tryNext() throws InterruptedException {
    try (Trace trace = Trace.begin(null)) {
      return deliverNext();
    } catch (RuntimeException error) {
      log.atError().setCause(error).log("the outbox could not be read");
      return false;
    }
  }

  /**
   * Claims one row in a short transaction of its own; the call to the receiver happens outside of
   * any.
   */
  boolean deliverNext() throws InterruptedException {
    Optional<Claimed> claimed = outbox.claim(settings.lease());
    if (claimed.isEmpty()) {
      return false;
    }
    Claimed row = claimed.get();
    if (row.attempts() > settings.maxAttempts()) {
      // The last attempt took its process with it: trying on would end one process after the other.
      outbox.giveUp(row, "the lease of the last attempt ran out");
      return true;
    }
    try {
      webhook.send(row);
      outbox.markDelivered(row);
    } catch (IOException error) {
      failed(row, error.getClass().getSimpleName() + ": " + error.getMessage());
    }
    return true;
  }

  private void failed(Claimed row, String reason) {
    log.atWarn()
        .addKeyValue("outbox_id", row.id())
        .addKeyValue("attempt", row.attempts())
        .log("delivery failed: {}", reason);
    if (row.attempts() >= settings.maxAttempts()) {
      outbox.giveUp(row, reason);
      return;
    }
    double jitter =
        1
            + ThreadLocalRandom.current().nextDouble()
                / 4; // so that rows that failed together do not come back together
    double wait = settings.backoff().toMillis() * Math.pow(2, row.attempts() - 1.0) * jitter;
    outbox.retryLater(row, Duration.ofMillis((long) wait), reason);
  }

  // endregion: outbox

  @Override
  public boolean isRunning() {
    return thread != null && thread.isAlive();
  }
}
