"""From a handler to the tables: through interfaces, mediators and repositories whose methods no file of the project holds."""

import os

import pytest

from backend_agent.facts import backend
from backend_agent.repository.files import Repository

ASP = {
    "Shop.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup><PackageReference Include="MediatR" Version="12" /></ItemGroup></Project>\n',
    "Data/ShopContext.cs": (
        "namespace Shop.Data;\npublic class Order { public int Id { get; set; } }\n"
        "public class ShopContext : DbContext { public DbSet<Order> Orders { get; set; } }\n"
    ),
    "Migrations/1_Orders.cs": (
        "public partial class M : Migration\n{\n    protected override void Up(MigrationBuilder migrationBuilder)\n    {\n"
        '        migrationBuilder.CreateTable(name: "Orders", columns: table => new { Id = table.Column<int>(nullable: false) });\n    }\n}\n'
    ),
}
SPRING = {
    "pom.xml": (
        "<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version><dependencies>"
        "<dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-web</artifactId></dependency>"
        "</dependencies></project>\n"
    ),
    "src/main/java/shop/Order.java": 'package shop;\nimport jakarta.persistence.*;\n@Entity\n@Table(name = "orders")\npublic class Order {\n    @Id\n    private Long id;\n}\n',
    "src/main/java/shop/OrderRepository.java": "package shop;\npublic interface OrderRepository\n        extends JpaRepository<Order, Long> {\n}\n",
    "src/main/java/shop/OrderController.java": (
        'package shop;\n@RestController\n@RequestMapping("/orders")\npublic class OrderController {\n'
        "    private final OrderService service;\n    @PostMapping\n    public OrderView place(@RequestBody OrderRequest request) {\n"
        "        return service.place(request);\n    }\n}\n"
    ),
    "src/main/java/shop/OrderService.java": "package shop;\npublic interface OrderService {\n    OrderView place(OrderRequest request);\n}\n",
}
IMPL = (
    "package shop;\n@Service\npublic class OrderServiceImpl implements OrderService {\n    private final OrderRepository orders;\n"
    "    @Override\n    public OrderView place(OrderRequest request) {\n        return OrderView.of(orders.save(request.toOrder()));\n    }\n}\n"
)


def endpoint(tmp_path, files):
    for name, text in files.items():
        os.makedirs((tmp_path / name).parent, exist_ok=True)
        (tmp_path / name).write_text(text)
    (made,) = backend.map_of(Repository(str(tmp_path)))
    (found,) = made.endpoints
    return [hop.name for hop in found.hops], list(found.tables)


def test_a_method_of_an_interface_leads_to_the_class_that_does_it(tmp_path):
    files = {**SPRING, "src/main/java/shop/OrderServiceImpl.java": IMPL}

    assert endpoint(tmp_path, files) == (["OrderServiceImpl.place"], ["orders"])


def test_of_two_classes_that_do_it_none_is_chosen(tmp_path):
    files = {
        **SPRING,
        "src/main/java/shop/OrderServiceImpl.java": IMPL,
        "src/main/java/shop/LoggedOrderService.java": IMPL.replace("OrderServiceImpl", "LoggedOrderService"),
    }

    assert endpoint(tmp_path, files)[0] != ["OrderServiceImpl.place"]


def asp(body: str) -> "dict[str, str]":
    controller = (
        'namespace Shop.Controllers;\n[ApiController]\n[Route("orders")]\npublic class OrdersController : ControllerBase\n{\n'
        "    private readonly ISender _sender;\n    [HttpPost]\n    public async Task<int> Place(PlaceOrder command)\n    {\n"
        f"        {body}\n    }}\n}}\n"
    )
    handler = (
        "namespace Shop.Orders;\npublic record PlaceOrder(string Title) : IRequest<int>;\n"
        "public class PlaceOrderHandler : IRequestHandler<PlaceOrder, int>\n{\n    private readonly ShopContext _context;\n"
        "    public async Task<int> Handle(PlaceOrder request, CancellationToken cancel)\n    {\n"
        "        var order = _context.Orders.Add(request.ToRow());\n        await _context.SaveChangesAsync(cancel);\n"
        "        return 1;\n    }\n}\n"
    )
    return {**ASP, "Controllers/OrdersController.cs": controller, "Orders/PlaceOrder.cs": handler}


@pytest.mark.parametrize(
    "body", ["return await _sender.Send(command);", "return await _module.ExecuteCommandAsync(new PlaceOrder(command.Title));"]
)
def test_a_message_leads_to_its_handler_and_a_set_to_its_table(tmp_path, body):
    assert endpoint(tmp_path, asp(body)) == (["PlaceOrderHandler.Handle"], ["Orders"])


def test_a_message_that_is_not_sent_leads_nowhere(tmp_path):
    assert endpoint(tmp_path, asp("return command.Title.Length;")) == ([], [])


def test_a_table_of_a_query_builder_is_named_by_its_text(tmp_path):
    files = {
        "composer.json": '{"require": {"laravel/framework": "^12.0"}}',
        "artisan": "<?php\n",
        "routes/api.php": "<?php\nuse Illuminate\\Support\\Facades\\Route;\nuse App\\Http\\Controllers\\Orders;\nRoute::get('/orders', [Orders::class, 'index']);\n",
        "app/Http/Controllers/Orders.php": (
            "<?php\nnamespace App\\Http\\Controllers;\nclass Orders\n{\n    public function index()\n    {\n"
            "        return DB::table('orders')->orderBy('id')->get();\n    }\n}\n"
        ),
        "database/migrations/2026_01_01_000000_create.php": (
            "<?php\nreturn new class extends Migration\n{\n    public function up(): void\n    {\n"
            "        Schema::create('orders', function (Blueprint $table) {\n            $table->id();\n        });\n    }\n};\n"
        ),
    }

    assert endpoint(tmp_path, files) == ([], ["orders"])


@pytest.mark.parametrize(("head", "tables"), [("class Order < ApplicationRecord", ["orders"]), ("class Order", [])])
def test_a_class_of_rails_names_its_table(tmp_path, head, tables):
    files = {
        "Gemfile": 'gem "rails", "~> 8.0"\n',
        "config/application.rb": "module Shop\n  class Application < Rails::Application\n  end\nend\n",
        "config/routes.rb": 'Rails.application.routes.draw do\n  get "sales", to: "sales#index"\nend\n',
        "app/models/order.rb": f"{head}\nend\n",
        "app/controllers/sales_controller.rb": "class SalesController < ApplicationController\n  def index\n    render json: Order.all\n  end\nend\n",
        "db/schema.rb": 'ActiveRecord::Schema[8.0].define(version: 1) do\n  create_table "orders" do |t|\n    t.string "title"\n  end\nend\n',
    }

    assert endpoint(tmp_path, files) == ([], tables)
