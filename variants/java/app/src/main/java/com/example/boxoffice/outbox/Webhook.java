package com.example.boxoffice.outbox;

import com.example.boxoffice.outbox.Outbox.Claimed;
import com.example.boxoffice.shared.Settings;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.util.RawValue;

/** Sends one message as a signed POST (Standard Webhooks). Anything but a 2xx is an error. */
@Component
class Webhook {

  private final Settings.Webhook settings;
  private final JsonMapper json;
  private final Clock clock;
  private final HttpClient client;

  Webhook(Settings settings, JsonMapper json, Clock clock) {
    this.settings = settings.webhook();
    this.json = json;
    this.clock = clock;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER) // to an address that nobody has chosen
            .connectTimeout(this.settings.timeout())
            .build();
  }

  void send(Claimed row) throws IOException, InterruptedException {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("id", row.id());
    message.put("type", row.topic());
    message.put("created_at", row.createdAt());
    message.put("data", new RawValue(row.payload()));
    String body = json.writeValueAsString(message);
    long timestamp = clock.instant().getEpochSecond();
    HttpRequest request =
        HttpRequest.newBuilder(settings.url())
            .timeout(settings.timeout())
            .header("Content-Type", "application/json")
            .header("Webhook-Id", row.id().toString())
            .header("Webhook-Timestamp", String.valueOf(timestamp))
            .header(
                "Webhook-Signature",
                sign(settings.secret(), row.id() + "." + timestamp + "." + body))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    int status = client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    if (status < 200 || status > 299) {
      throw new IOException("the receiver answered " + status);
    }
  }

  static String sign(String secret, String signed) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return "v1,"
          + Base64.getEncoder()
              .encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible); // every Java platform has HmacSHA256
    }
  }
}
