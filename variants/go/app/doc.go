// Package boxoffice holds the entities and rules of the box office. It knows neither HTTP nor SQL.
package boxoffice
