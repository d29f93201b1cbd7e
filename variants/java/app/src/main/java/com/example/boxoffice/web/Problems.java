package com.example.boxoffice.web;

import com.example.boxoffice.shared.DomainException;
import com.example.boxoffice.shared.DomainException.FieldError;
import com.example.boxoffice.shared.ErrorCode;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.stereotype.Component;
import org.springframework.validation.BindingResult;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;

// region: error-map
/** The only place where errors become responses (RFC 9457). */
@Component
@RestControllerAdvice
public class Problems {

  private record Shape(int status, String title) {}

  private static Shape shape(ErrorCode code) {
    return switch (code) {
      case MALFORMED -> new Shape(400, "Malformed request");
      case IDEMPOTENCY_KEY_MISSING -> new Shape(400, "Idempotency key missing");
      case UNAUTHORIZED -> new Shape(401, "Not signed in");
      case FORBIDDEN -> new Shape(403, "Forbidden");
      case NOT_FOUND -> new Shape(404, "Not found");
      case METHOD_NOT_ALLOWED -> new Shape(405, "Method not allowed");
      case ALREADY_BOOKED -> new Shape(409, "Already booked");
      case CAPACITY_BELOW_BOOKED -> new Shape(409, "Capacity below booked seats");
      case INVALID_STATE -> new Shape(409, "Not possible in this state");
      case SOLD_OUT -> new Shape(409, "Sold out");
      case PRECONDITION_FAILED -> new Shape(412, "Precondition failed");
      case PAYLOAD_TOO_LARGE -> new Shape(413, "Body too large");
      case UNSUPPORTED_MEDIA_TYPE -> new Shape(415, "Unsupported media type");
      case IDEMPOTENCY_KEY_REUSED -> new Shape(422, "Idempotency key reused");
      case INVALID -> new Shape(422, "Invalid request");
      case PRECONDITION_REQUIRED -> new Shape(428, "Precondition required");
      case RATE_LIMITED -> new Shape(429, "Too many attempts");
      case INTERNAL -> new Shape(500, "Internal error");
      case UNAVAILABLE -> new Shape(503, "Unavailable");
    };
  }

  private static final Logger log = LoggerFactory.getLogger(Problems.class);
  private final JsonMapper json;

  Problems(JsonMapper json) {
    this.json = json;
  }

  @ExceptionHandler
  ResponseEntity<String> domain(DomainException error) {
    HttpHeaders headers = new HttpHeaders();
    headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
    if (error.code() == ErrorCode.UNAUTHORIZED) {
      headers.set(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
    }
    error
        .retryAfter()
        .ifPresent(wait -> headers.set(HttpHeaders.RETRY_AFTER, String.valueOf(wait.toSeconds())));
    return ResponseEntity.status(shape(error.code()).status()).headers(headers).body(body(error));
  }

  @ExceptionHandler
  ResponseEntity<String> unexpected(Exception error) {
    log.atError().setCause(error).log("unexpected error");
    return domain(new DomainException(ErrorCode.INTERNAL, "Something went wrong on our side."));
  }

  private String body(DomainException error) {
    Shape shape = shape(error.code());
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("type", "urn:problem:" + error.code().code());
    problem.put("title", shape.title());
    problem.put("status", shape.status());
    problem.put("code", error.code().code());
    problem.put("detail", error.getMessage());
    if (!error.errors().isEmpty()) {
      problem.put("errors", error.errors());
    }
    return json.writeValueAsString(problem);
  }

  // endregion: error-map

  @ExceptionHandler({NoHandlerFoundException.class, NoResourceFoundException.class})
  ResponseEntity<String> noSuchPath() {
    return domain(DomainException.notFound());
  }

  /** An id that is no UUID cannot exist. */
  @ExceptionHandler(MethodArgumentTypeMismatchException.class)
  ResponseEntity<String> noSuchId() {
    return domain(DomainException.notFound());
  }

  @ExceptionHandler
  ResponseEntity<String> wrongMethod(HttpRequestMethodNotSupportedException error) {
    DomainException problem =
        new DomainException(ErrorCode.METHOD_NOT_ALLOWED, "This method is not possible here.");
    String allow =
        String.join(
            ", ",
            error.getSupportedMethods() == null ? new String[0] : error.getSupportedMethods());
    ResponseEntity<String> answer = domain(problem);
    return ResponseEntity.status(answer.getStatusCode())
        .headers(answer.getHeaders())
        .header(HttpHeaders.ALLOW, allow)
        .body(answer.getBody());
  }

  @ExceptionHandler(HttpMediaTypeNotSupportedException.class)
  ResponseEntity<String> wrongMediaType() {
    return domain(
        new DomainException(
            ErrorCode.UNSUPPORTED_MEDIA_TYPE, "The body must be application/json."));
  }

  /**
   * Tomcat reads the query when the first parameter is asked for, and refuses names without
   * characters and broken encodings.
   */
  @ExceptionHandler(InvalidParameterException.class)
  ResponseEntity<String> unreadableQuery() {
    return domain(DomainException.invalid("", "the query string cannot be read"));
  }

  /** Bean Validation has checked all fields: all that is wrong is told at once. */
  @ExceptionHandler
  ResponseEntity<String> invalid(MethodArgumentNotValidException error) {
    BindingResult result = error.getBindingResult();
    Map<String, String> first = new LinkedHashMap<>(); // one fault a field says enough
    result
        .getFieldErrors()
        .forEach(
            field ->
                first.putIfAbsent(
                    "/" + snakeCase(field.getField()), String.valueOf(field.getDefaultMessage())));
    return domain(
        DomainException.invalid(
            first.entrySet().stream()
                .map(fault -> new FieldError(fault.getKey(), fault.getValue()))
                .toList()));
  }

  /** The body is no JSON, or JSON of another shape; the parser stops at the first fault. */
  @ExceptionHandler
  ResponseEntity<String> unreadable(HttpMessageNotReadableException error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof DomainException ours) {
        return domain(ours);
      }
      if (cause instanceof DatabindException || cause instanceof InputCoercionException) {
        String detail =
            cause instanceof UnrecognizedPropertyException ? "is not known" : "has the wrong type";
        return domain(DomainException.invalid(pointer((JacksonException) cause), detail));
      }
    }
    return domain(new DomainException(ErrorCode.MALFORMED, "The body could not be read."));
  }

  private static String pointer(JacksonException error) {
    StringBuilder pointer = new StringBuilder();
    for (JacksonException.Reference step : error.getPath()) {
      String name =
          step.getPropertyName() == null ? String.valueOf(step.getIndex()) : step.getPropertyName();
      pointer.append('/').append(name.replace("~", "~0").replace("/", "~1"));
    }
    return pointer.toString();
  }

  private static String snakeCase(String field) {
    return field.replaceAll("([A-Z])", "_$1").toLowerCase(java.util.Locale.ROOT);
  }

  /** For what never reaches a handler: the security filters and the container. */
  public void write(HttpServletResponse response, DomainException error) throws IOException {
    ResponseEntity<String> answer = domain(error);
    response.setStatus(answer.getStatusCode().value());
    answer
        .getHeaders()
        .forEach((name, values) -> values.forEach(value -> response.setHeader(name, value)));
    response
        .getOutputStream()
        .write(String.valueOf(answer.getBody()).getBytes(StandardCharsets.UTF_8));
  }
}
