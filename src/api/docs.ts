import fastifySwagger from '@fastify/swagger'
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'

/** Adds /openapi.json, made from the schemas that validate, and /docs, which shows it. Call it before the routes. */
export async function addDocs(server: FastifyInstance, version: string): Promise<void> {
  await server.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Parsegate',
        version,
        description: 'Takes URLs and gives back what is on the page, at once or later.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: [
        { name: 'parse' },
        { name: 'many' },
        { name: 'sites' },
        { name: 'schedules' },
        { name: 'requests' },
        { name: 'webhooks' },
        { name: 'firecrawl' },
        { name: 'reader' },
        { name: 'operation' },
      ],
    },
    transform,
    transformObject: jsonSchemaTransformObject,
  })
  server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger())
  addPage(server)
}

/** What a path ends with is its parameter `url`, where it ends with anything. */
const transform: typeof jsonSchemaTransform = (route) => {
  const { schema, url } = jsonSchemaTransform(route)
  return { schema, url: url.replace(/\*$/, ':url') }
}

/** The page and its script are 5 MB that most processes never show, so they are loaded when first asked for. */
function addPage(server: FastifyInstance): void {
  let page: Promise<FastifyInstance> | undefined
  const show = async (url: string, reply: FastifyReply) => {
    page ??= loadPage()
    const { statusCode, headers, rawPayload } = await (await page).inject({ method: 'GET', url })
    return reply
      .code(statusCode)
      .type(headers['content-type'] ?? 'text/html')
      .send(rawPayload)
  }
  server.get('/docs', { schema: { hide: true } }, (_request, reply) => show('/docs/', reply))
  server.get(SCRIPT, { schema: { hide: true } }, (_request, reply) => show(SCRIPT, reply))
}

const SCRIPT = '/docs/js/scalar.js'

async function loadPage(): Promise<FastifyInstance> {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const page = fastify()
  await page.register(scalar, {
    routePrefix: '/docs',
    configuration: {
      url: '/openapi.json',
      cdn: SCRIPT,
      pageTitle: 'Parsegate API',
      // Nothing on the page may come from elsewhere.
      withDefaultFonts: false,
      telemetry: false,
    },
  })
  await page.ready()
  return page
}
