package com.example.boxoffice.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;

/**
 * What Tomcat turns away by itself, or a filter lets fall, never meets {@link Problems}: it leaves
 * as a problem here, and not as a page.
 */
public class ProblemValve extends ErrorReportValve {

  private static final String MALFORMED =
      """
      {"type":"urn:problem:malformed","title":"Malformed request","status":400,"code":"malformed",\
      "detail":"The request could not be read."}""";
  private static final String INTERNAL =
      """
      {"type":"urn:problem:internal","title":"Internal error","status":500,"code":"internal",\
      "detail":"Something went wrong on our side."}""";

  @Override
  protected void report(Request request, Response response, Throwable thrown) {
    if (response.getStatus() < 400
        || response.getContentWritten() > 0
        || !response.setErrorReported()) {
      return;
    }
    boolean callers = response.getStatus() < 500;
    response.setStatus(callers ? 400 : 500);
    response.setContentType("application/problem+json");
    try {
      response
          .getOutputStream()
          .write((callers ? MALFORMED : INTERNAL).getBytes(StandardCharsets.UTF_8));
      response.finishResponse();
    } catch (IOException gone) {
      // nobody listens any more
    }
  }
}
