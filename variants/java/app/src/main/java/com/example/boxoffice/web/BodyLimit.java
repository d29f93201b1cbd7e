package com.example.boxoffice.web;

import com.example.boxoffice.shared.DomainException;
import com.example.boxoffice.shared.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Type;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.RequestBodyAdviceAdapter;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads at most 65,536 bytes of a body before anything looks into it. It runs behind the security
 * filters: nobody else's body is read.
 */
@RestControllerAdvice
class BodyLimit extends RequestBodyAdviceAdapter {

  private static final int MAX_BYTES = 65_536;
  private final JsonMapper json;

  BodyLimit(JsonMapper json) {
    this.json = json;
  }

  private record Buffered(byte[] bytes, HttpHeaders headers) implements HttpInputMessage {
    @Override
    public InputStream getBody() {
      return new ByteArrayInputStream(bytes);
    }

    @Override
    public HttpHeaders getHeaders() {
      return headers;
    }
  }

  @Override
  public boolean supports(
      MethodParameter parameter, Type type, Class<? extends HttpMessageConverter<?>> converter) {
    return true;
  }

  @Override
  public HttpInputMessage beforeBodyRead(
      HttpInputMessage message,
      MethodParameter parameter,
      Type type,
      Class<? extends HttpMessageConverter<?>> converter)
      throws IOException {
    byte[] bytes = message.getBody().readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw new DomainException(
          ErrorCode.PAYLOAD_TOO_LARGE, "The body has more than 65,536 bytes.");
    }
    requireJson(bytes);
    return new Buffered(bytes, message.getHeaders());
  }

  /**
   * To its end: the mapper would stop at the first field that it does not know, and never see what
   * is broken behind it.
   */
  private void requireJson(byte[] bytes) {
    try {
      json.readTree(bytes);
    } catch (JacksonException broken) {
      throw new DomainException(ErrorCode.MALFORMED, "The body could not be read.");
    }
  }
}
