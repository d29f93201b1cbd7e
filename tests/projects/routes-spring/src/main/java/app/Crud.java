package app;

import org.springframework.web.bind.annotation.*;

public abstract class Crud<T> {
    @GetMapping("/{id}")
    public T one(@PathVariable long id) {
        return null;
    }
}
