package com.example.boxoffice.web;

import com.example.boxoffice.shared.DomainException;
import com.example.boxoffice.shared.ErrorCode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public final class IfMatch {

  private static final Pattern ETAG = Pattern.compile("\"([0-9]{1,9})\"");

  private IfMatch() {}

  /**
   * The version that the header names. Only exactly one of our ETags will do: a change is made to
   * what its author has seen.
   */
  public static int version(String header) {
    if (header == null) {
      String detail = "Send the ETag of the version that you change as If-Match.";
      throw new DomainException(ErrorCode.PRECONDITION_REQUIRED, detail);
    }
    Matcher etag = ETAG.matcher(header);
    if (!etag.matches()) {
      throw new DomainException(
          ErrorCode.PRECONDITION_FAILED, "If-Match names no version of this.");
    }
    return Integer.parseInt(etag.group(1));
  }
}
