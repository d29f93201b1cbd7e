package com.example.boxoffice.auth;

record TokenPair(String accessToken, String refreshToken, String tokenType, long expiresIn) {}
