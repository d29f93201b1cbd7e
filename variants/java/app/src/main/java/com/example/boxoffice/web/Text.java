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

/**
 * Text that PostgreSQL can store, measured in characters as PostgreSQL measures it: {@code @Size}
 * counts an emoji twice.
 */
@Documented
@Target({ElementType.FIELD, ElementType.RECORD_COMPONENT, ElementType.PARAMETER})
@Retention(RetentionPolicy.RUNTIME)
@Constraint(validatedBy = Text.Validator.class)
public @interface Text {

  int min() default 0;

  int max();

  String message() default "must have {min} to {max} characters, without NUL";

  Class<?>[] groups() default {};

  Class<? extends Payload>[] payload() default {};

  class Validator implements ConstraintValidator<Text, String> {
    private int min;
    private int max;

    @Override
    public void initialize(Text text) {
      min = text.min();
      max = text.max();
    }

    @Override
    public boolean isValid(String value, ConstraintValidatorContext context) {
      if (value == null) {
        return true; // @NotNull says that
      }
      int length = value.codePointCount(0, value.length());
      return length >= min && length <= max && value.codePoints().allMatch(Validator::storable);
    }

    private static boolean storable(int codePoint) {
      boolean halfOfOne =
          codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
      return codePoint != 0 && !halfOfOne;
    }
  }
}
