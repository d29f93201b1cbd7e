package app;

import org.springframework.web.bind.annotation.*;

@RestController
@RequestMapping(Paths.ORDERS)
public class OrderController extends Crud<Order> {
    @GetMapping
    public String all() {
        return "";
    }

    @RequestMapping(value = {"/a", "b"}, method = {RequestMethod.POST, RequestMethod.PUT})
    public String save(@RequestBody Order order) {
        return "";
    }

    @RolesAllowed("admin")
    @DeleteMapping(Unseen.PATH)
    public void remove() {
    }
}
