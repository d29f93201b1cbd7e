package com.example.boxoffice.web;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.MDC;

/** The trace of one request or delivery (W3C Trace Context), on each of its log lines. */
public final class Trace implements AutoCloseable {

  public static final String TRACE_ID = "trace_id";
  public static final String SPAN_ID = "span_id";

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Pattern VALID =
      Pattern.compile(
          "(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?");

  private Trace() {}

  /** Continues the caller's trace if its {@code traceparent} is valid, else begins a new one. */
  public static Trace begin(String traceparent) {
    MDC.put(TRACE_ID, traceId(traceparent));
    MDC.put(SPAN_ID, random(8));
    return new Trace();
  }

  static String traceId(String traceparent) {
    Matcher valid = VALID.matcher(traceparent == null ? "" : traceparent);
    return valid.matches() ? valid.group(1) : random(16);
  }

  private static String random(int bytes) {
    byte[] value = new byte[bytes];
    RANDOM.nextBytes(value);
    return HexFormat.of().formatHex(value);
  }

  @Override
  public void close() {
    MDC.remove(TRACE_ID);
    MDC.remove(SPAN_ID);
  }
}
