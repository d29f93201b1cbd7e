package com.example.boxoffice.web;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.List;
import java.util.Locale;
import org.slf4j.event.KeyValuePair;
import org.springframework.boot.json.JsonWriter;
import org.springframework.boot.logging.structured.StructuredLogFormatter;

/** One JSON object a line. */
class JsonLogFormatter implements StructuredLogFormatter<ILoggingEvent> {

  private final ThrowableProxyConverter throwables = new ThrowableProxyConverter();

  private final JsonWriter<ILoggingEvent> writer =
      JsonWriter.<ILoggingEvent>of(
              members -> {
                members.add("time", ILoggingEvent::getInstant);
                members.add("level", event -> event.getLevel().toString().toLowerCase(Locale.ROOT));
                members.add("message", ILoggingEvent::getFormattedMessage);
                members.add("logger", ILoggingEvent::getLoggerName);
                members
                    .add(Trace.TRACE_ID, event -> event.getMDCPropertyMap().get(Trace.TRACE_ID))
                    .whenNotNull();
                members
                    .add(Trace.SPAN_ID, event -> event.getMDCPropertyMap().get(Trace.SPAN_ID))
                    .whenNotNull();
                members
                    .from(JsonLogFormatter::pairs)
                    .usingExtractedPairs(
                        List<KeyValuePair>::forEach,
                        (KeyValuePair pair) -> pair.key,
                        pair -> pair.value);
                members.add("error", this::stack).whenHasLength();
              })
          .withNewLineAtEnd();

  JsonLogFormatter() {
    throwables.start();
  }

  @Override
  public String format(ILoggingEvent event) {
    return writer.writeToString(event);
  }

  private static List<KeyValuePair> pairs(ILoggingEvent event) {
    return event.getKeyValuePairs() == null ? List.of() : event.getKeyValuePairs();
  }

  private String stack(ILoggingEvent event) {
    return event.getThrowableProxy() == null ? "" : throwables.convert(event);
  }
}
