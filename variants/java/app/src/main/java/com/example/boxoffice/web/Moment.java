package com.example.boxoffice.web;

import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.Payload;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.regex.Pattern;

/** A date and time with seconds and an offset (RFC 3339), in the years 2000 to 2200. */
@Documented
@Target({ElementType.FIELD, ElementType.RECORD_COMPONENT, ElementType.PARAMETER})
@Retention(RetentionPolicy.RUNTIME)
@Constraint(validatedBy = Moment.Validator.class)
public @interface Moment {

  String message() default "must be a date and time with an offset, in the years 2000 to 2200";

  Class<?>[] groups() default {};

  Class<? extends Payload>[] payload() default {};

  class Validator implements ConstraintValidator<Moment, String> {
    private static final Pattern FORM =
        Pattern.compile(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)");

    @Override
    public boolean isValid(String value, ConstraintValidatorContext context) {
      if (value == null) {
        return true; // @NotNull says that
      }
      if (!FORM.matcher(value).matches()) {
        return false;
      }
      try {
        int year = OffsetDateTime.parse(value).withOffsetSameInstant(ZoneOffset.UTC).getYear();
        return year >= 2000 && year <= 2200;
      } catch (DateTimeException noSuchDay) {
        return false;
      }
    }
  }
}
