package com.example.boxoffice.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerMapping;

/**
 * One line a request. It stands before all other filters, so that a refused request has its line
 * too.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class RequestLog extends OncePerRequestFilter {

  private static final Logger log = LoggerFactory.getLogger(RequestLog.class);

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    long started = System.nanoTime();
    try (Trace trace = Trace.begin(request.getHeader("traceparent"))) {
      try {
        chain.doFilter(request, response);
      } finally {
        line(request, response, started);
      }
    }
  }

  private static void line(HttpServletRequest request, HttpServletResponse response, long started) {
    LoggingEventBuilder line =
        log.atInfo()
            .addKeyValue("http.request.method", request.getMethod())
            .addKeyValue("http.response.status_code", response.getStatus())
            .addKeyValue("duration_ms", (System.nanoTime() - started) / 1_000_000);
    // The template and not the path: an id makes no new route.
    Object route = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
    (route == null ? line : line.addKeyValue("http.route", route.toString())).log("request");
  }
}
