package config

const Prefix = "/api/v1"
