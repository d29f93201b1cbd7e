package main

import (
	"example.com/shop/config"
	"example.com/shop/orders"
	"github.com/gin-gonic/gin"
)

func main() {
	r := gin.New()
	r.GET("/health", func(c *gin.Context) { c.String(200, "ok") })
	api := r.Group(config.Prefix)
	api.POST("/login", orders.Login)
	api.Use(orders.RequireUser())
	orders.NewHandler(nil).Register(api.Group("/orders"))
	for _, route := range []struct {
		Path    string
		Handler gin.HandlerFunc
	}{{"/a", orders.Login}, {"/b", orders.Login}} {
		r.PUT(route.Path, route.Handler)
	}
}
