# Drives a server as norikra-client and fluent-plugin-norikra do: one msgpack array in a POST, HTTPClient on a connection that is kept, and the
# name of an error looked up as a class. Prints the result of each call as a line of JSON.
require "httpclient"
require "json"
require "msgpack"
require "thor"

module Norikra
  module RPC
    class ClientError < StandardError; end
    class ServerError < StandardError; end
    class ServiceUnavailableError < StandardError; end
  end
end

class Client
  def initialize(port)
    @http = HTTPClient.new
    @url = "http://127.0.0.1:#{port}/"
    @id = 0
  end

  def call(method, *params)
    body = MessagePack.pack([0, @id, method, params])
    answer = @http.post(@url, body, "Content-Type" => "application/x-msgpack")
    raise "status #{answer.status}" unless answer.status == 200

    kind, id, error, result = MessagePack.unpack(answer.body)
    raise "not an answer to #{@id}" unless kind == 1 && id == @id

    @id += 1
    raise error.split("::").inject(Object) { |parent, name| parent.const_get(name) }, result if error

    result
  end
end

class Driver < Thor
  def self.exit_on_failure?
    true
  end

  desc "drive PORT", "makes every call once and prints what came of it"
  def drive(port)
    client = Client.new(port)
    CALLS.each do |method, *params|
      result = begin
        client.call(method, *params)
      rescue Norikra::RPC::ClientError, Norikra::RPC::ServerError => e
        { "raised" => e.class.name }
      end
      puts JSON.generate([method, result])
    end
  end

  CALLS = [
    ["open", "www", { "path" => "string", "n" => "integer", "f" => "float", "b" => "boolean" }, true],
    ["open", "lazy", nil, false],
    ["targets"],
    ["modify", "lazy", true],
    ["reserve", "www", "late", "string"],
    ["fields", "www"],
    ["register", "q", "g", "SELECT path, n, f, b, text FROM www"],
    ["send", "www", [{ "path" => "/ö", "n" => 2**40, "f" => 2.0, "b" => true, "text" => "x".b, :symbol => :value }]],
    ["queries"],
    ["see", "q"],
    ["sweep", "g"],
    ["sweep", nil],
    ["event", "q"],
    ["suspend", "q"],
    ["resume", "q"],
    ["register", "q", nil, "SELECT path FROM www"],
    ["fields", "nowhere"],
    ["deregister", "q"],
    ["close", "www"],
    ["logs"]
  ].freeze
end

Driver.start(ARGV)
