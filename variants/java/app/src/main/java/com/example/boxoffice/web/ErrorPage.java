package com.example.boxoffice.web;

import com.example.boxoffice.shared.DomainException;
import com.example.boxoffice.shared.ErrorCode;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What the container turns away by itself, or a filter lets fall, comes here and leaves as a problem too. */
@RestController
class ErrorPage implements ErrorController {

  private static final Logger log = LoggerFactory.getLogger(ErrorPage.class);
  private final Problems problems;

  ErrorPage(Problems problems) {
    this.problems = problems;
  }

  @RequestMapping("/error")
  void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
    int status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer code ? code : 404;
    if (request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) instanceof Throwable cause) {
      log.atError().setCause(cause).log("unexpected error");
    }
    problems.write(response, problem(status));
  }

  private static DomainException problem(int status) {
    if (status == 400) {
      return new DomainException(ErrorCode.MALFORMED, "The request could not be read.");
    }
    return status < 500
        ? DomainException.notFound()
        : new DomainException(ErrorCode.INTERNAL, "Something went wrong on our side.");
  }
}
