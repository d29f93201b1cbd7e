package com.example.boxoffice.auth;

import com.example.boxoffice.accounts.AccountRepository;
import com.example.boxoffice.accounts.SignedIn;
import com.example.boxoffice.shared.DomainException;
import com.example.boxoffice.shared.ErrorCode;
import com.example.boxoffice.web.Problems;
import java.util.List;
import java.util.UUID;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.convert.converter.Converter;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.firewall.RequestRejectedHandler;

@Configuration
class SecurityConfiguration {

  private static final String[] PUBLIC = {"/accounts", "/auth/**", "/health/**"};

  /**
   * What needs no login looks at no token either: an expired one must not keep anybody from
   * refreshing it.
   */
  @Bean
  @Order(1)
  SecurityFilterChain open(HttpSecurity http) {
    return stateless(http)
        .securityMatcher(PUBLIC)
        .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
        .build();
  }

  /** Everything else: a new route is closed until it is named above. */
  @Bean
  @Order(2)
  SecurityFilterChain closed(
      HttpSecurity http,
      AccessTokens tokens,
      AccountRepository accounts,
      AuthenticationEntryPoint unauthorized) {
    return stateless(http)
        .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
        .exceptionHandling(handling -> handling.authenticationEntryPoint(unauthorized))
        .oauth2ResourceServer(
            server ->
                server
                    .authenticationEntryPoint(unauthorized)
                    .jwt(
                        jwt ->
                            jwt.decoder(tokens.decoder())
                                .jwtAuthenticationConverter(account(accounts))))
        .build();
  }

  private static HttpSecurity stateless(HttpSecurity http) {
    return http.csrf(AbstractHttpConfigurer::disable) // no cookie signs anybody in
        .sessionManagement(
            sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
        .formLogin(AbstractHttpConfigurer::disable)
        .httpBasic(AbstractHttpConfigurer::disable)
        .logout(AbstractHttpConfigurer::disable)
        .requestCache(AbstractHttpConfigurer::disable);
  }

  /** The account that the token names has to be there: a deleted one is out at once. */
  private static Converter<Jwt, AbstractAuthenticationToken> account(AccountRepository accounts) {
    return token -> {
      SignedIn account =
          accounts.findIdentity(idOf(token)).orElseThrow(SecurityConfiguration::invalid);
      return UsernamePasswordAuthenticationToken.authenticated(account, null, List.of());
    };
  }

  private static UUID idOf(Jwt token) {
    try {
      return UUID.fromString(token.getSubject());
    } catch (IllegalArgumentException noUuid) {
      throw invalid();
    }
  }

  private static InvalidBearerTokenException invalid() {
    return new InvalidBearerTokenException("no account");
  }

  @Bean
  AuthenticationEntryPoint unauthorized(Problems problems) {
    return (request, response, error) ->
        problems.write(
            response,
            new DomainException(
                ErrorCode.UNAUTHORIZED, "The access token is missing or not valid."));
  }

  /** A path that the firewall turns away leads nowhere. */
  @Bean
  RequestRejectedHandler rejected(Problems problems) {
    return (request, response, error) -> problems.write(response, DomainException.notFound());
  }
}
