package app;

import org.springframework.web.servlet.function.RouterFunction;

class Functional {
    @Bean
    RouterFunction<ServerResponse> pages(Handler handler) {
        return route()
            .GET("/pages", handler::all)
            .nest(path("/pages/{id}"), inner -> inner
                .POST("/publish", handler::publish))
            .build();
    }
}
